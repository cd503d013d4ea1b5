DROP TABLE expected_item;
